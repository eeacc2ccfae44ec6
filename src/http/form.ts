/** What a form or a JSON object in the body of a request says. */
import { HandlerError } from './handler-error';

const MOST_BYTES = 64 * 1024;

/**
 * @returns each field once; empty without a body
 * @throws HandlerError `body_too_large`, `body_unsupported`, `body_invalid`
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const text = await readText(request);
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (text === '') return new URLSearchParams();
  if (type === 'application/x-www-form-urlencoded') return new URLSearchParams(text);
  if (type === 'application/json') return new URLSearchParams(fieldsOf(text));
  throw new HandlerError('body_unsupported');
}

function fieldsOf(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HandlerError('body_invalid');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HandlerError('body_invalid');
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  if (!fields.every((field): field is [string, string] => typeof field[1] === 'string'))
    throw new HandlerError('body_invalid', 'Each field of the JSON object must be a text.');
  return Object.fromEntries(fields);
}

async function readText({ body, bodyUsed }: Request): Promise<string> {
  if (bodyUsed)
    throw new Error(
      'the body of the request was read before the handler. Put what reads it after this route',
    );
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new HandlerError('body_too_large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
