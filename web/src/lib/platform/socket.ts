// A module of its own, so that only what `io` needs of the client library is fetched.
export { io } from 'socket.io-client';
