#!/usr/bin/ruby
# frozen_string_literal: true

# Reads profile, users and roles of Codebase's API the way a Ruby program does.
#
#   codebase.rb BASE_URL
#
# Environment:
#   CLIENT_LOGIN       account/username
#   CLIENT_PASSWORD    the API key of that user
#
# The answers go through ActiveSupport's Hash.from_xml, which turns type="integer", type="boolean",
# type="array" and nil="true" into real values. JSON keeps those apart, so what is printed shows
# whether every attribute was right: an id in quotation marks had none. Prints one JSON object with
# "profile", "users" and "roles", each the hash from its root element on. Any status but 200, and
# any body that is not XML, ends the run with a message and status 1.
#
# Wants Debian's ruby and ruby-activesupport, hence the interpreter named above.

require 'json'
require 'net/http'
require 'active_support'
require 'active_support/core_ext/hash/conversions'

XML = 'application/xml'

# The product's documentation asks for both headers on every call, GET included.
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
