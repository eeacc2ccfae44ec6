/**
 * Fields that hold a secret, or say where it is: in a variable, in a file, or in AWS Secrets Manager.
 * Decides what a reference may look like; a message about these fields never shows any part of a value.
 */
import { Fault, fault } from '../fault';
import { InlineSecret } from '../secrets';
import type { Field, FieldContext } from './field';
import { patternOrVariable } from './field';
import { readText, MAX_TEXT_LENGTH, text } from './text';

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,254}$/;
const ARN = /^arn:\S+$/;

/** The characters that AWS Secrets Manager allows in the name of a secret. */
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const REFERENCE = new RegExp(`${ARN.source}|${SECRET_NAME.source}`);

/** A field that holds the secret itself, which is then hidden from everything that prints. */
export function secret(): Field<InlineSecret> {
  return {
    read: (value, context) => {
      const found = readText(value, context, { disclosure: 'kind', content: 'secret' });
      return found instanceof Fault ? found : new InlineSecret(found);
    },
    schema: text().schema,
  };
}

/**
 * A field that holds the name of the variable with the secret. The name is stored, so a `${VAR}` here, which would put
 * the variable's value in its place, is refused.
 */
export function variableName(): Field<string> {
  return { read: readVariableName, schema: { type: 'string', pattern: VARIABLE_NAME.source } };
}

function readVariableName(value: unknown, context: FieldContext): string | Fault {
  const hasVariable = typeof value === 'string' && value.includes('${');
  const name = hasVariable ? '' : readText(value, context, { disclosure: 'kind', content: 'prose' });
  if (name instanceof Fault || VARIABLE_NAME.test(name)) {
    return name;
  }
  const found = hasVariable ? 'a ${...} expansion' : 'a text that is not the name of a variable';
  return fault(
    'invalid_value',
    found,
    'it must be the name of an environment variable, as in GITHUB_CLIENT_SECRET',
  );
}

/** A field that holds the path of the file with the secret. */
export function filePath(): Field<string> {
  return text({ disclosure: 'kind' });
}

/** A field that holds the Amazon Resource Name of the secret, or its name in AWS Secrets Manager. */
export function arn(): Field<string> {
  return {
    read: readArn,
    schema: { type: 'string', maxLength: MAX_TEXT_LENGTH, pattern: patternOrVariable(REFERENCE) },
  };
}

function readArn(value: unknown, context: FieldContext): string | Fault {
  const name = readText(value, context, { disclosure: 'kind' });
  if (name instanceof Fault || (REFERENCE.test(name) && !/\p{Cc}/u.test(name))) {
    return name;
  }
  return fault(
    'invalid_value',
    'a text that is neither an ARN nor the name of a secret',
    'an ARN begins with "arn:" and holds no white space; a name has 1 to 512 letters, digits and characters of "/_+=.@-"',
  );
}
