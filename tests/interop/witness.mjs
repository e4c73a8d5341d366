// What three libraries from the npm registry make of accounts and URIs: JSON in, JSON out, one process for all of them.
//   in   {accounts: [{type, issuer, name, secret, algorithm, digits, period, counter, uri, at}], uris: [...]}
//   out  {accounts: [{library: {read, uri, code}}], uris: [{library: read or the error's text}]}

import { readFileSync } from "node:fs";
import { parse } from "@otplib/uri";
import * as OTPAuth from "otpauth";
import { generateSync, generateURI } from "otplib";
import { TOTP as Generator } from "totp-generator";

const otpauth = {
  read(uri) {
    const { constructor: Kind, issuer, label, secret, algorithm, digits, period, counter } = OTPAuth.URI.parse(uri);
    const type = Kind === OTPAuth.HOTP ? "hotp" : "totp";
    return { type, issuer, name: label, secret: secret.base32, algorithm, digits, period, counter };
  },
  made({ type, name, secret, ...rest }) {
    const Kind = type === "hotp" ? OTPAuth.HOTP : OTPAuth.TOTP;
    return new Kind({ ...rest, label: name, secret: OTPAuth.Secret.fromBase32(secret) });
  },
  uri: (account) => otpauth.made(account).toString(),
  code: (account) => otpauth.made(account).generate({ timestamp: account.at * 1000, counter: account.counter }),
};

const otplib = {
  read(uri) {
    const { type, label, params } = parse(uri);
    return { type, label, ...params };
  },
  options: ({ type, name, algorithm, at, ...rest }) => ({
    ...rest,
    strategy: type,
    label: name,
    algorithm: algorithm.toLowerCase(),
    epoch: at,
  }),
  uri: (account) => generateURI(otplib.options(account)),
  code: (account) => generateSync(otplib.options(account)),
};

async function generated({ type, secret, algorithm, digits, period, at }) {
  if (type === "hotp") return null; // it makes time-based codes alone
  const options = { algorithm: algorithm.replace("SHA", "SHA-"), digits, period, timestamp: at * 1000 };
  return (await Generator.generate(secret, { ...options, explicitZeroPad: true })).otp;
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

const given = JSON.parse(readFileSync(0, "utf8"));
const accounts = given.accounts.map(async (account) => ({
  otpauth: attempt(() => ({ read: otpauth.read(account.uri), uri: otpauth.uri(account), code: otpauth.code(account) })),
  otplib: attempt(() => ({ read: otplib.read(account.uri), uri: otplib.uri(account), code: otplib.code(account) })),
  generator: await generated(account),
}));
const uris = given.uris.map((uri) => ({
  otpauth: attempt(() => otpauth.read(uri)),
  otplib: attempt(() => otplib.read(uri)),
}));
process.stdout.write(JSON.stringify({ accounts: await Promise.all(accounts), uris }));
