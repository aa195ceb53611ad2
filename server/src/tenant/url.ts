/** Addresses: compared as parsed origins, never as substrings. */

/** Whether a URL's hostname is this machine itself. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/** A parsed URL, or what is wrong with it in words. https unless it leads to this machine. */
export function parseAddress(text: string): URL | string {
  if (!URL.canParse(text)) return `“${text}” is not an address; write for example https://acme.my.cxone.com`;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') return `must begin with https://, not ${url.protocol}//`;
  return isLoopback(url.hostname) ? url : 'must begin with https:// (http:// is for this machine only)';
}
