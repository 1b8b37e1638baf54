/**
 * The ports of services by name, for getaddrinfo(3). The table is built in: the machine's /etc/services is not the guest's,
 * runtimes do not expose it, and a guest finds the same ports on every host.
 */
import { LARGEST_PORT } from "./numbers.ts";

/** Name, port, and protocols of a service (IANA, Service Name and Transport Protocol Port Number Registry). */
const TABLE = `
  echo 7 tcp udp        discard 9 tcp udp       daytime 13 tcp udp      chargen 19 tcp udp      ftp-data 20 tcp
  ftp 21 tcp            ssh 22 tcp              telnet 23 tcp           smtp 25 tcp             time 37 tcp udp
  whois 43 tcp          domain 53 tcp udp       bootps 67 udp           bootpc 68 udp           tftp 69 udp
  gopher 70 tcp         finger 79 tcp           http 80 tcp             kerberos 88 tcp udp     pop3 110 tcp
  sunrpc 111 tcp udp    auth 113 tcp            nntp 119 tcp            ntp 123 udp             imap2 143 tcp
  imap 143 tcp          snmp 161 tcp udp        snmp-trap 162 tcp udp   bgp 179 tcp             irc 194 tcp udp
  ldap 389 tcp udp      https 443 tcp udp       microsoft-ds 445 tcp udp submissions 465 tcp    syslog 514 udp
  submission 587 tcp    ipp 631 tcp             ldaps 636 tcp udp       domain-s 853 tcp udp    rsync 873 tcp
  ftps-data 989 tcp     ftps 990 tcp            telnets 992 tcp         imaps 993 tcp           pop3s 995 tcp
  socks 1080 tcp        openvpn 1194 tcp udp    mqtt 1883 tcp           nfs 2049 tcp udp        mysql 3306 tcp
  ms-wbt-server 3389 tcp stun 3478 tcp udp      svn 3690 tcp            sip 5060 tcp udp        sip-tls 5061 tcp udp
  xmpp-client 5222 tcp  postgresql 5432 tcp     amqps 5671 tcp          amqp 5672 tcp           redis 6379 tcp
  ircs-u 6697 tcp       http-alt 8080 tcp       secure-mqtt 8883 tcp    git 9418 tcp
`;

const PORTS = new Map<string, number>();
for (const [, name, port, protocols] of TABLE.matchAll(/(\S+) (\d+)((?: (?:tcp|udp))+)/g))
  for (const protocol of protocols.trim().split(" ")) PORTS.set(`${name}/${protocol}`, Number(port));

export interface Service {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

/** Returns the service with this name or number ("" is port 0) and its first protocol; undefined if there is none. */
export function serviceOf(text: string, protocols: readonly Service["protocol"][]): Service | undefined {
  if (/^\d*$/.test(text)) {
    const port = Number(text);
    return text.length <= 5 && port <= LARGEST_PORT ? { protocol: protocols[0], port } : undefined;
  }
  for (const protocol of protocols) {
    const port = PORTS.get(`${text}/${protocol}`);
    if (port !== undefined) return { protocol, port };
  }
  return undefined;
}
