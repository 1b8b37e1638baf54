/** The resources of all interfaces, and their handles. */
import { ResourceType } from "../../components/handles.ts";
import type { FileDescriptor } from "./filesystem/descriptor.ts";
import type { DirectoryEntryStream } from "./filesystem/directory-entry-stream.ts";
import type { Pollable } from "./polling/readiness.ts";
import type { NameLookup } from "./sockets/name-lookup.ts";
import type { TcpSocket } from "./sockets/tcp-socket.ts";
import type { IncomingDatagramStream, OutgoingDatagramStream, UdpSocket } from "./sockets/udp-socket.ts";
import type { InputStream } from "./streams/input-stream.ts";
import type { IoError } from "./streams/io-error.ts";
import type { OutputStream } from "./streams/output-stream.ts";

export const ERROR = new ResourceType<IoError>("error");
export const POLLABLE = new ResourceType<Pollable>("pollable");
export const INPUT_STREAM = new ResourceType<InputStream>("input-stream");
export const OUTPUT_STREAM = new ResourceType<OutputStream>("output-stream");
/** A terminal has no methods: only its existence is known. */
export const TERMINAL_INPUT = new ResourceType<undefined>("terminal-input");
export const TERMINAL_OUTPUT = new ResourceType<undefined>("terminal-output");
/** The host knows the grants, so all networks are the same. */
export const NETWORK = new ResourceType<undefined>("network");
export const TCP_SOCKET = new ResourceType<TcpSocket>("tcp-socket");
export const UDP_SOCKET = new ResourceType<UdpSocket>("udp-socket");
export const INCOMING_DATAGRAM_STREAM = new ResourceType<IncomingDatagramStream>("incoming-datagram-stream");
export const OUTGOING_DATAGRAM_STREAM = new ResourceType<OutgoingDatagramStream>("outgoing-datagram-stream");
export const RESOLVE_ADDRESS_STREAM = new ResourceType<NameLookup>("resolve-address-stream");
export const DESCRIPTOR = new ResourceType<FileDescriptor>("descriptor");
export const DIRECTORY_ENTRY_STREAM = new ResourceType<DirectoryEntryStream>("directory-entry-stream");
