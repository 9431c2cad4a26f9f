#!/usr/bin/env node
// Walks through users, keys and session of GitLab's API v3 with the npm package gitlab 1.8.0.
//
//   gitlab_v3.js BASE_URL        (the client itself adds /api/v3)
//
// Environment:
//   CLIENT_TOKEN                 private token of an administrator
//   CLIENT_LOGIN                 e-mail address, for POST /session
//   CLIENT_PASSWORD              password, for POST /session
//
// Prints one JSON object with a member for each step below. Named calls give what the client hands
// to its caller: the parsed body, and of a refusal no more than true (POST) or null (GET). Generic
// calls give {"status", "body"}. The person that is created, v3-newcomer, is deleted again at the
// end. Keys are made afresh on each run.
//
// What this client insists on: a GET or DELETE carries the JSON body {}; users.all asks for page
// after page until one is shorter than per_page; what is not JSON by its content type stays text.
'use strict';

const crypto = require('crypto');
const gitlab = require('gitlab');

const client = gitlab({ url: process.argv[2], token: process.env.CLIENT_TOKEN });
const newcomer = {
  email: 'v3-newcomer@example.com',
  password: 'correct horse battery',
  username: 'v3-newcomer',
  name: 'New Comer',
  bio: 'arrived by npm',
  can_create_group: false,
};

// call turns the client's callback style into a promise. The callback must declare exactly one
// parameter: the client counts them to decide what it passes.
function call(method, ...args) {
  return new Promise((resolve) => method(...args, (answer) => resolve(answer)));
}

// told does so for a generic call, which shows status and body to a callback of three parameters.
function told(method, ...args) {
  return new Promise((resolve, reject) => {
    method(...args, (fault, response, _answer) => {
      if (!response) return reject(fault);
      return resolve({ status: response.statusCode, body: response.body });
    });
  });
}

// newKey returns a fresh Ed25519 public key in authorized_keys form (RFC 8709 section 4).
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

async function readPeople(seen) {
  const { users } = client;
  seen.session = await call(users.session, process.env.CLIENT_LOGIN, process.env.CLIENT_PASSWORD);
  seen.refusedSession = await call(users.session, process.env.CLIENT_LOGIN, 'not the password');
  seen.current = await call(users.current);
  seen.all = await call(users.all);
  seen.allByTwo = await call(users.all, { per_page: 2 });
}

async function addPerson(seen) {
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

// The package has no named calls for these; its users reach them by the generic ones.
async function useGenericCalls(seen, id) {
  const { get, post, put, delete: remove } = client;
  seen.changed = await told(put, `users/${id}`, { name: 'Old Hand' });
  seen.ownKeyAdded = await told(post, 'user/keys', { title: 'own', key: newKey() });
  const ownKey = `user/keys/${seen.ownKeyAdded.body.id}`;
  seen.ownKeys = await told(get, 'user/keys');
  seen.ownKey = await told(get, ownKey);
  seen.ownKeyDeleted = await told(remove, ownKey);
  seen.createdTwiceStatus = await told(post, 'users', { ...newcomer });
  seen.deleted = await told(remove, `users/${id}`);
  seen.deletedTwice = await told(remove, `users/${id}`);
  seen.shownDeleted = await told(get, `users/${id}`);
}

async function main() {
  const seen = {};
  await readPeople(seen);
  const id = await addPerson(seen);
  await useGenericCalls(seen, id);
  // Undefined is what the client hands over for an empty body; JSON would leave the member out.
  process.stdout.write(JSON.stringify(seen, (_, value) => (value === undefined ? null : value), 2) + '\n');
}

// A client that never calls back would let the process end quietly; only main may call it a success.
process.exitCode = 1;
main().then(
  () => { process.exitCode = 0; },
  (fault) => { console.error(fault); },
);
