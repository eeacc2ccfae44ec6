/** Loaded before a program: tells the process that started it at which port it listens. */
import { subscribe } from 'node:diagnostics_channel';

subscribe('tracing:net.server.listen:asyncEnd', ({ server }) => process.send?.(server.address().port));
