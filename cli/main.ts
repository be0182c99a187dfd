import { leave, letReadersGo } from './bootstrap/way-out.cjs';
import { main } from './entry.ts';

/** A command without the set-up before it, where everything is in place: the containers' entry point. */
letReadersGo();
void main(process.argv[2] ?? '', process.argv.slice(3)).then(leave);
