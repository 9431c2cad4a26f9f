#!/usr/bin/ruby
# frozen_string_literal: true

# Reads profile, users and roles of Codebase's API with Ruby's ActiveSupport.
#
#   codebase.rb BASE_URL
#
# Environment:
#   CLIENT_LOGIN       account/username
#   CLIENT_PASSWORD    the API key of that user
#
# ActiveSupport's Hash.from_xml converts values by type="integer", type="boolean", type="array" and
# nil="true". The output shows whether the attributes were right: an id without type="integer" is a
# string. Prints one JSON object with "profile", "users" and "roles", each the hash of its root element.
# A status other than 200, or a body that is not XML, ends the run with a message and exit status 1.
#
# Requires Debian's ruby and ruby-activesupport, and therefore the interpreter named above.

require 'json'
require 'net/http'
require 'active_support'
require 'active_support/core_ext/hash/conversions'

XML = 'application/xml'

# The product's documentation requires both headers for every request.
def fetch(base, path)
  uri = URI("#{base.chomp('/')}/#{path}")
  request = Net::HTTP::Get.new(uri, 'Accept' => XML, 'Content-Type' => XML)
  request.basic_auth(ENV.fetch('CLIENT_LOGIN'), ENV.fetch('CLIENT_PASSWORD'))
  answer = Net::HTTP.start(uri.host, uri.port, nil, read_timeout: 300) { |http| http.request(request) }
  abort "GET /#{path}: #{answer.code} #{answer.message}: #{answer.body}" unless answer.code == '200'
  abort "GET /#{path}: content type #{answer['Content-Type']}" unless answer.content_type == XML

  Hash.from_xml(answer.body.force_encoding(Encoding::UTF_8))
end

abort 'usage: codebase.rb BASE_URL' unless ARGV.length == 1
puts JSON.pretty_generate(%w[profile users roles].to_h { |path| [path, fetch(ARGV[0], path)] })
