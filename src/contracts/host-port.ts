/** `host:port`; an IPv6 address stands in brackets: `[fd00::5]:7233`. */
export const HOST_PORT = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\]):\d{1,5}$/;
