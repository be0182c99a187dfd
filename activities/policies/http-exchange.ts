import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpAnswer {
  status: number;
  ok: boolean;
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  text: string;
}

export interface HttpQuestion {
  /** JSON to post; a GET without it. */
  body?: object | undefined;
  signal?: AbortSignal | undefined;
}

// Connections are kept. A rollout asks every few milliseconds, and `fetch` takes several times the processor time.
const http = new HttpAgent({ keepAlive: true });
const https = new HttpsAgent({ keepAlive: true });

/** One request, never repeated, and its whole answer. Rejects where the connection fails or ends before the answer does. */
export function exchange(url: string, { body, signal }: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const isSecure = url.startsWith('https:');
    const options = {
      agent: isSecure ? https : http,
      ...(signal && { signal }),
      ...(body && { method: 'POST', headers: { 'content-type': 'application/json' } }),
    };
    const request = (isSecure ? httpsRequest : httpRequest)(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const { statusCode: status = 0, headers } = answer;
        const header = (name: string): string | undefined => headers[name]?.toString();
        resolve({ status, ok: status >= 200 && status < 300, header, text });
      });
    });
    request.on('error', reject);
    request.end(body && JSON.stringify(body));
  });
}
