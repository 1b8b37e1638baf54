/** Flags of recv(2) and send(2): bits/socket.h. */
export const MSG_PEEK = 0x2;
export const MSG_TRUNC = 0x20;
/** No signal if the peer is gone. */
export const MSG_NOSIGNAL = 0x4000;
