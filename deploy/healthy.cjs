// Whether a worker's metrics answer: `node healthy.cjs URL`, exit 0 or 1.
'use strict';
fetch(process.argv[2], { signal: AbortSignal.timeout(3000) }).then(
  (response) => process.exit(response.ok ? 0 : 1),
  () => process.exit(1),
);
