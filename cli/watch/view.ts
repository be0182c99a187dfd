import type { RunStatus } from '../../core/status.ts';
import { newLines } from './lines.ts';
import { screen } from './screen.ts';

/** Where a person watches. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface View {
  status(status: RunStatus): void;
  /** A line that stays, above the live view. */
  line(text: string): void;
  end(): void;
}

/** A view that redraws itself in a terminal; elsewhere one line per event worth knowing. */
export function createView(terminal: Terminal, ui: string): View {
  return terminal.isTTY ? liveView(terminal, ui) : lineView(terminal);
}

function lineView(terminal: Terminal): View {
  let before: RunStatus | undefined;
  return {
    status(now) {
      for (const line of newLines(before, now)) terminal.write(`${line}\n`);
      before = now;
    },
    line: (text) => void terminal.write(`${text}\n`),
    end: () => undefined,
  };
}

function liveView(terminal: Terminal, ui: string): View {
  let drawn: string[] = [];
  const erase = (): string => (drawn.length > 0 ? `\u001b[${drawn.length}A\u001b[J` : '');
  const draw = (above: string): void => {
    const columns = terminal.columns ?? 80;
    const lines = drawn.map((line) => line.slice(0, columns - 1));
    terminal.write(`${above}${lines.map((line) => `${line}\n`).join('')}`);
  };
  return {
    status(now) {
      const clear = erase();
      drawn = screen(now, { ui, at: Date.now() });
      draw(clear);
    },
    line: (text) => draw(`${erase()}${text}\n`),
    end: () => (drawn = []),
  };
}
