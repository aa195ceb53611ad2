/**
 * What is used of undici, loaded on first use. A file of its own, because a bundle gives the names of a CommonJS
 * package to static imports only.
 */
export { Agent, buildConnector } from 'undici';
