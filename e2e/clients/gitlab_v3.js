#!/usr/bin/env node
// Uses users, keys and session of GitLab's API v3 with the npm package gitlab 1.8.0.
//
//   gitlab_v3.js BASE_URL        (the client adds /api/v3)
//
// Environment:
//   CLIENT_TOKEN                 private token of an administrator
//   CLIENT_LOGIN                 e-mail address, for POST /session
//   CLIENT_PASSWORD              password, for POST /session
//
// Prints one JSON object with a member for each step below. Named calls return the parsed body, or true
// (POST) or null (GET) for an error. Generic calls return {"status", "body"}. The created user,
// v3-newcomer, is deleted at the end. Each run creates new keys.
//
// Behavior of this client: GET and DELETE have the JSON body {}; users.all requests pages until one is
// shorter than per_page; a body is parsed only if its content type is JSON.
'use strict';

const crypto = require('crypto');
const gitlab = require('gitlab');

const client = gitlab({ url: process.argv[2], token: process.env.CLIENT_TOKEN });
const newcomer = {
  email: 'v3-newcomer@example.com',
  password: 'correct horse battery',
  username: 'v3-newcomer',
  name: 'New Comer',
  bio: 'created by npm',
  can_create_group: false,
};

// call returns a promise for a named call. The callback must have exactly one parameter, because the
// client chooses its arguments by their number.
function call(method, ...args) {
  return new Promise((resolve) => method(...args, (answer) => resolve(answer)));
}

// generic returns a promise for a generic call, which passes status and body to a callback with three
// parameters.
function generic(method, ...args) {
  return new Promise((resolve, reject) => {
    method(...args, (fault, response, _answer) => {
      if (!response) return reject(fault);
      return resolve({ status: response.statusCode, body: response.body });
    });
  });
}

// newKey returns a new Ed25519 public key in authorized_keys format (RFC 8709 section 4).
function newKey() {
  const { publicKey } = crypto.generateKeyPairSync('ed25519');
  const field = (bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(point)]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

async function readUsers(seen) {
  const { users } = client;
  seen.session = await call(users.session, process.env.CLIENT_LOGIN, process.env.CLIENT_PASSWORD);
  seen.refusedSession = await call(users.session, process.env.CLIENT_LOGIN, 'not the password');
  seen.current = await call(users.current);
  seen.all = await call(users.all);
  seen.allByTwo = await call(users.all, { per_page: 2 });
}

async function addUser(seen) {
  const { users } = client;
  seen.created = await call(users.create, { ...newcomer });
  seen.createdTwice = await call(users.create, { ...newcomer });
  const { id } = seen.created;
  seen.found = await call(users.search, newcomer.username);
  seen.shown = await call(users.show, id);
  seen.keyAdded = await call(users.keys.addKey, id, 'laptop', newKey());
  seen.keys = await call(users.keys.all, id);
  return id;
}

// The package has no named calls for these requests.
async function useGenericCalls(seen, id) {
  const { get, post, put, delete: remove } = client;
  seen.changed = await generic(put, `users/${id}`, { name: 'Old Hand' });
  seen.ownKeyAdded = await generic(post, 'user/keys', { title: 'own', key: newKey() });
  const ownKey = `user/keys/${seen.ownKeyAdded.body.id}`;
  seen.ownKeys = await generic(get, 'user/keys');
  seen.ownKey = await generic(get, ownKey);
  seen.ownKeyDeleted = await generic(remove, ownKey);
  seen.createdTwiceStatus = await generic(post, 'users', { ...newcomer });
  seen.deleted = await generic(remove, `users/${id}`);
  seen.deletedTwice = await generic(remove, `users/${id}`);
  seen.shownDeleted = await generic(get, `users/${id}`);
}

async function main() {
  const seen = {};
  await readUsers(seen);
  const id = await addUser(seen);
  await useGenericCalls(seen, id);
  // The client returns undefined for an empty body. JSON would omit such a member.
  process.stdout.write(JSON.stringify(seen, (_, value) => (value === undefined ? null : value), 2) + '\n');
}

// If the client never calls back, the process ends with an error.
process.exitCode = 1;
main().then(
  () => { process.exitCode = 0; },
  (fault) => { console.error(fault); },
);
