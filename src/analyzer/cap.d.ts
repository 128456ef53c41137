/** The part of `cap` 0.2.1 that lists interfaces; the package brings no types. */
declare module 'cap' {
  export const Cap: {
    /** All devices that libpcap knows; needs no privilege. */
    deviceList(): { name: string; description?: string; addresses: { addr?: string }[]; flags?: string }[];
  };
}
