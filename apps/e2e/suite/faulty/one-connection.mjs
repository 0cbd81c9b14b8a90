// Loaded by NODE_OPTIONS: the guest's SSH port takes one connection of this program, and refuses the next.
import { Socket } from "node:net";

const NOBODY_LISTENS = 1;
const connect = Socket.prototype.connect;
let connections = 0;
Socket.prototype.connect = function connectOnce(...args) {
  const [options] = args.flat();
  if (options?.port === 22 && ++connections > 1) options.port = NOBODY_LISTENS;
  return connect.apply(this, args);
};
