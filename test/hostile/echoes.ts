/** Answers that fail, and could make a client repeat a secret. */
import type { Page } from '../setup/site';
import { answer } from '../setup/site';
import { sized } from './size';

/** Answers that repeat what they were sent, as debug pages do, and some that make no sense. */
const all: readonly Page[] = [
  (response, { body }) => void response.writeHead(400).end(JSON.stringify({ error: body, error_uri: body })),
  (response, { body }) =>
    void response
      .writeHead(400)
      .end(JSON.stringify({ error: 'invalid_grant', error_description: body, body })),
  (response, { body }) =>
    void response.writeHead(401).end(JSON.stringify({ error: 'invalid_client', error_description: body })),
  (response, { body }) => void response.writeHead(500).end(body),
  (response, { body }) => void response.writeHead(302, { location: `https://x.test/?${body}` }).end(),
  (response, { body }) =>
    void response.writeHead(200).end(JSON.stringify({ token: body, scope: body, token_type: body })),
  (response) => void response.socket?.resetAndDestroy(),
  answer(200, '<html>'),
];

/** In the short form the first of them. */
export const failures = all.slice(0, sized(2, all.length));
