/** The sandbox's machinery failed or its supervisor does not answer. The workspace may live; trying again re-opens it. */
export class SandboxLost extends Error {
  override readonly name = 'SandboxLost';
}

/** A request by an attempt that has lost its lease: a later epoch has been seen. Trying again does not help. */
export class StaleEpoch extends Error {
  override readonly name = 'StaleEpoch';
}

/** No sandbox can be made on this machine; the message says what to do about it. */
export class SandboxUnavailable extends Error {
  override readonly name = 'SandboxUnavailable';
}
