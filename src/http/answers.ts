/** Answers, each with the headers that keep it out of caches, frames and referrers. */
import type { RenderedPage } from './page/view';

const SAFE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

type Extra = Readonly<Record<string, string>>;

export function json(body: object, status = 200, headers: Extra = {}): Response {
  const answer = new Response(JSON.stringify(body), { status, headers: { ...SAFE, ...headers } });
  if (!('content-type' in headers)) answer.headers.set('content-type', 'application/json; charset=utf-8');
  return answer;
}

export function html(
  { html: body, contentSecurityPolicy }: RenderedPage,
  status = 200,
  headers: Extra = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      ...SAFE,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      ...headers,
    },
  });
}

export function noContent(headers: Extra = {}): Response {
  return new Response(null, { status: 204, headers: { ...SAFE, ...headers } });
}

/** RFC 9110 section 15.4.4: whatever the method was, the browser goes on with GET. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...SAFE, location } });
}

/** The same answer as HEAD has it. */
export function withoutBody(answer: Response): Response {
  const { status, headers } = answer;
  return new Response(null, { status, headers });
}
