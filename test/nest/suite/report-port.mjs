/** Loaded before a program: tells the process that started it at which port it listens. */
import { Server } from 'node:net';

const { listen } = Server.prototype;
Server.prototype.listen = function (...parameters) {
  this.once('listening', () => process.send?.(this.address().port));
  return listen.apply(this, parameters);
};
