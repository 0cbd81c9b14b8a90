// Loaded by NODE_OPTIONS: the guest's SSH port takes one connection of this program, and refuses the next.
import { Socket } from "node:net";

const NOBODY_LISTENS = 1;
const { value: connect, ...rest } = Object.getOwnPropertyDescriptor(Socket.prototype, "connect");
let connections = 0;
const connectOnce = (target, socket, args) => {
  const [options] = args.flat();
  if (options?.port === 22 && ++connections > 1) options.port = NOBODY_LISTENS;
  return Reflect.apply(target, socket, args);
};
const value = new Proxy(connect, { apply: connectOnce });
Object.defineProperty(Socket.prototype, "connect", { ...rest, value });
