/**
 * A Dockerfile, read and carried out without Docker: a shell script that makes each stage in a directory and then runs
 * the last one. It knows the instructions that ours has, and throws at any other. In place of a base image stands a
 * copy-on-write view of this host, which therefore has to be Debian, as that is.
 */

export interface Instruction {
  readonly name: string;
  readonly words: string;
}

export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** @param text a Dockerfile without heredocs */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', words = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    const from = name === 'FROM' ? /^(\S+)(?: AS (\S+))?$/.exec(words) : undefined;
    if (from) stages.push({ base: from[1]!, name: from[2] ?? 'image', instructions: [] });
    else if (stages.length > 0 && name !== '') stages.at(-1)!.instructions.push({ name, words });
    else throw new Error(`not understood: ${line}`);
  }
  return stages;
}

/** What an instruction of the form `NAME ["a", "b"]` says last. */
export function execForm(stage: Stage, name: string): string[] {
  const { words = '' } = stage.instructions.findLast((instruction) => instruction.name === name) ?? {};
  return JSON.parse(/\[.*\]$/.exec(words)?.[0] ?? '[]');
}

/** @returns words of `NAME a b c` that are said last; empty if there are none */
export function lastWords(stage: Stage, name: string): string {
  return stage.instructions.findLast((instruction) => instruction.name === name)?.words ?? '';
}

export interface BuildOptions {
  /** What docker would be sent. */
  readonly context: string;
  /** An empty directory; a file system in memory is mounted there. */
  readonly scratch: string;
  /** The Node that the base image has. */
  readonly node: string;
}

/**
 * @returns a script for bash, as root, in a mount namespace of its own; the last stage is made in SCRATCH/image
 * @throws at an instruction it does not know
 */
export function buildScript(stages: readonly Stage[], { context, scratch, node }: BuildOptions): string {
  const lines = ['set -eu', 'mount --make-rprivate /', `mount -t tmpfs tmpfs ${scratch}`];
  for (const { base, name, instructions } of stages) {
    const root = `${scratch}/${name}`;
    lines.push(`mkdir ${root}`);
    if (base !== 'scratch') {
      const layers = `${scratch}/${name}-layers`;
      lines.push(
        `mkdir -p ${layers}/upper ${layers}/work`,
        `mount -t overlay -o lowerdir=/,upperdir=${layers}/upper,workdir=${layers}/work overlay ${root}`,
        `rm -f ${root}/usr/local/bin/node && cp ${node} ${root}/usr/local/bin/node`,
        `mount --rbind /dev ${root}/dev && mount -t proc proc ${root}/proc`,
      );
    }
    let directory = '/';
    for (const instruction of instructions) {
      switch (instruction.name) {
        case 'WORKDIR':
          directory = instruction.words;
          lines.push(`mkdir -p ${root}${directory}`);
          break;
        case 'COPY':
          lines.push(...copies(instruction.words, { context, scratch, into: `${root}${directory}` }));
          break;
        case 'RUN':
          lines.push(`chroot ${root} /bin/sh -c ${quote(`cd ${directory} && ${instruction.words}`)}`);
          break;
        case 'ENV':
        case 'USER':
        case 'EXPOSE':
        case 'HEALTHCHECK':
        case 'ENTRYPOINT':
          break;
        default:
          throw new Error(`not understood: ${instruction.name}`);
      }
    }
  }
  return lines.join('\n');
}

function copies(words: string, place: { context: string; scratch: string; into: string }): string[] {
  const from = /^--from=(\S+) /.exec(words);
  const source = from ? `${place.scratch}/${from[1]}` : place.context;
  const paths = words.slice(from?.[0].length ?? 0).split(' ');
  const last = paths.pop()!;
  const target = last.startsWith('/')
    ? `${place.into.slice(0, place.into.indexOf('/', place.scratch.length + 1))}${last}`
    : `${place.into}/${last}`;
  return [
    `mkdir -p ${target}`,
    // A directory is copied as what is in it.
    ...paths.map(
      (path) =>
        `if [ -d ${source}/${path} ]; then cp -a ${source}/${path}/. ${target}; else cp -a ${source}/${path} ${target}; fi`,
    ),
  ];
}

/** For the shell, as one word. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
