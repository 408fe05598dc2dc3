import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgument } from '../errors.ts';
import type { Credentials } from './sign-v4.ts';

export interface AwsProfile {
  readonly credentials?: Credentials | undefined;
  readonly region?: string | undefined;
}

/**
 * Keys and region of the profile AWS_PROFILE (`default` when unset) in the files of AWS's own tools: AWS_SHARED_CREDENTIALS_FILE
 * and AWS_CONFIG_FILE, or `.aws/credentials` and `.aws/config` in the home folder. Profiles that get their keys elsewhere (single
 * sign-on, roles, processes) give none. Throws `InvalidArgument` for a profile that is named and stands in neither file.
 */
export function awsProfile(environment: NodeJS.ProcessEnv): AwsProfile {
  const name = environment.AWS_PROFILE || 'default';
  const home = environment.HOME || environment.USERPROFILE;
  const place = (file: string | undefined, usual: string): string | undefined =>
    file || (home ? join(home, '.aws', usual) : undefined);
  const secret = section(place(environment.AWS_SHARED_CREDENTIALS_FILE, 'credentials'), name);
  const config = section(
    place(environment.AWS_CONFIG_FILE, 'config'),
    name === 'default' ? name : `profile ${name}`,
  );
  if (environment.AWS_PROFILE && !secret && !config)
    throw new InvalidArgument(
      `AWS_PROFILE names '${name}', which stands neither in .aws/credentials nor in .aws/config`,
    );
  const all = { ...config, ...secret };
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, region } = all;
  const sessionToken = all.aws_session_token || undefined;
  return {
    region: region || undefined,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined,
  };
}

/** The settings under `[name]`; undefined where there is no such file or section. */
function section(path: string | undefined, name: string): Record<string, string> | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  let found: Record<string, string> | undefined;
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.*?)\s*\]/.exec(line);
    if (head) {
      inside = head[1]?.replace(/\s+/g, ' ') === name;
      if (inside) found ??= {};
    } else if (inside && found) {
      // Indented lines are settings inside a setting.
      const setting = /^([a-z0-9_]+)\s*=\s*(.*?)\s*$/i.exec(line);
      if (setting?.[1] !== undefined) found[setting[1].toLowerCase()] = setting[2] ?? '';
    }
  }
  return found;
}
