export default function globalTeardown(): void {
  (globalThis as { stopTestServer?: () => void }).stopTestServer?.();
}
