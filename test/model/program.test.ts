import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupName, isLookedThrough, programName } from '../../src/model/program.ts';

const HEX = '0123456789abcdef';

/** Splits at spaces; a line that ends with `|` is one word, like a title that was written over the arguments. */
const argvOf = (text: string): string[] => (text.endsWith('|') ? [text.slice(0, -1)] : text.split(' '));

describe('the program of a process', () => {
  test.each([
    // Node
    ['node server.js', 'server'],
    ['node /app/dist/index.js', 'dist/index'],
    ['node index.mjs', 'index'],
    ['/usr/local/bin/node --max-old-space-size=460 -r dotenv/config src/main.ts', 'src/main'],
    ['node --import tsx --env-file .env server.ts', 'server'],
    ['node --require dd-trace/init ./bin/www', 'www'],
    ['node .', 'node'],
    ['node', 'node'],
    ['node -e process.exit()', 'node'],
    ['node -pe secret()', 'node'],
    ['bun run src/worker.ts', 'worker'],
    ['deno run -A main.ts', 'main'],
    // Ruby
    ['unicorn master -p 5000 -c ./config/unicorn.rb|', 'unicorn'],
    ['unicorn worker[1] -p 5000 -c ./config/unicorn.rb|', 'unicorn'],
    ['puma 6.4.0 (tcp://0.0.0.0:3000) [app]|', 'puma'],
    ['puma: cluster worker 0: 12 [app]|', 'puma'],
    ['sidekiq 7.1.2 app [0 of 10 busy]|', 'sidekiq'],
    ['ruby /app/vendor/bundle/bin/rails server', 'rails'],
    ['ruby3.2 -r bundler/setup -I lib script/poll.rb', 'poll'],
    ['ruby -ne puts(secret)', 'ruby'],
    // Python
    ['python -m gunicorn app:app', 'gunicorn'],
    ['/usr/bin/python3.11 /usr/local/bin/celery -A proj worker', 'celery'],
    ['python3 -Es /usr/sbin/tuned -l -P', 'tuned'],
    ['python -I -W ignore manage.py runserver', 'manage'],
    ['python3 -c import(secret)', 'python3'],
    ['python3 -Bc import(secret)', 'python3'],
    ['gunicorn: master [app]|', 'gunicorn'],
    ['python3 /srv/app/__main__.py', 'app/__main__'],
    // Java
    ['java -Xmx512m -jar /app/target/shop-1.0.jar --port 80', 'shop-1.0'],
    ['java -server -cp a.jar:b.jar -Dpassword=secret com.example.Main arg', 'com.example.Main'],
    ['java -verbose --add-opens java.base/java.lang=ALL-UNNAMED org.Main', 'org.Main'],
    ['java -p mods -m shop/com.example.Main', 'com.example.Main'],
    // Others
    ['perl -w -I lib /usr/bin/spamd --max 5', 'spamd'],
    ['perl -lane print(secret)', 'perl'],
    ['php artisan queue:work', 'artisan'],
    ['php -d memory_limit=-1 /app/bin/console.php', 'console'],
    ['php -r secret();', 'php'],
    ['php-fpm: pool www|', 'php-fpm'],
    ['lua5.4 -l socket serve.lua', 'serve'],
    // Titles
    ['nginx: master process /usr/sbin/nginx -g daemon off;|', 'nginx'],
    ['nginx: worker process|', 'nginx'],
    ['postgres: walwriter |', 'postgres'],
    ['postgres: 14/main: app app 10.0.0.1(5124) idle|', 'postgres'],
    ['sshd: root@pts/0|', 'sshd'],
    // Shells
    ['sh -c bundle exec puma', 'sh'],
    ['bash', 'bash'],
    ['-bash', 'bash'],
    ['bash -euxc curl -u secret', 'bash'],
    ['bash -eu /app/bin/deploy.sh --now', 'deploy'],
    ['bash -e -o pipefail ./run.sh', 'run'],
    ['bash -euo pipefail /srv/poller/run.sh', 'poller/run'],
    ['/bin/sh /docker-entrypoint.sh nginx', 'docker-entrypoint'],
    // Busybox runs the program that its first argument names
    ['busybox httpd -f', 'httpd'],
    ['/bin/busybox sh /etc/init.d/poll.sh', 'poll'],
    ['busybox', 'busybox'],
    // Plain programs
    ['/usr/sbin/cron -f', 'cron'],
    ['redis-server *:6379', 'redis-server'],
    ['/opt/app/bin/', 'comm'],
    ['/proc/self/fd/3 --flag', 'comm'],
    // Scripts without a file
    ['bash /dev/fd/3', 'bash'],
    ['bash -e /dev/fd/63 --now', 'bash'],
    ['bash /proc/self/fd/12', 'bash'],
    ['sh /proc/4242/fd/12', 'sh'],
    ['python3 /dev/stdin', 'python3'],
    ['python3 -', 'python3'],
    ['bash -s secret', 'bash'],
    ['python3 - secret', 'python3'],
    ['node - secret', 'node'],
    ['bash --rcfile /dev/fd/63', 'bash'],
    // What changes with each start
    ['bash /tmp/tmp.Ab3dE9xYz1/run.sh', 'tmp/run'],
    ['node /builds/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/index.js', 'index'],
    ['node 0a1b2c3d4e5f.js', 'node'],
    ['sh /tmp/script48213.sh', 'script'],
    ['worker-48213', 'worker'],
    ['java -jar shop-1.0-SNAPSHOT.jar', 'shop-1.0-SNAPSHOT'],
  ])('%s is %s', (line, name) => {
    expect(programName(argvOf(line), 'comm')).toBe(name);
  });

  test.each([undefined, [], [''], ['', 'x'], [' '], [':'], ['/'], ['-'], ['///']])(
    'is what the kernel calls it where the command line is %j',
    (argv) => {
      expect(programName(argv, 'kworker/0:1')).toBe('kworker/0:1');
    },
  );

  /** Command lines as people write them; SECRET may stand for anything. The script's place is found by the options. */
  test.each([
    // Shells
    ['bash -s SECRET', 'bash'],
    ['bash -xs SECRET', 'bash'],
    ['bash -s -- SECRET', 'bash'],
    ['sh -ec SECRET', 'sh'],
    ['sh -c SECRET SECRET SECRET', 'sh'],
    ['bash --rcfile SECRET -c SECRET', 'bash'],
    ['bash --init-file SECRET', 'bash'],
    ['bash -o pipefail -s SECRET', 'bash'],
    ['bash -oe pipefail SECRET', 'bash'],
    ['bash -O extglob +O histexpand run.sh SECRET', 'run'],
    ['bash -T run.sh SECRET', 'run'],
    ['bash -- deploy SECRET', 'deploy'],
    ['bash --unheard SECRET', 'bash'],
    ['zsh -f4c SECRET', 'zsh'],
    ['zsh -o SECRET -f ./run SECRET', 'run'],
    ['zsh --emulate SECRET --no-rcs start SECRET', 'start'],
    ['ksh -A SECRET', 'ksh'],
    ['fish -C SECRET -c SECRET', 'fish'],
    ['fish --init-command SECRET', 'fish'],
    ['busybox sh -s SECRET', 'sh'],
    ['timeout 5 bash -s SECRET', 'timeout'],
    // Node and its kin
    ['node --eval=SECRET', 'node'],
    ['node --print=SECRET', 'node'],
    ['node -p SECRET', 'node'],
    ['node --input-type=module - SECRET', 'node'],
    ['node --input-type module -e SECRET', 'node'],
    ['node --inspect-port 9229 app.js SECRET', 'app'],
    ['node --title SECRET bin/www SECRET', 'www'],
    ['node --max-old-space-size 200 app.js SECRET', 'app'],
    ['node --max_old_space_size=200 server SECRET', 'server'],
    ['node --expose-gc --no-warnings server SECRET', 'server'],
    ['node --trace_gc_verbose bin/rails SECRET', 'rails'],
    ['node --env-file SECRET --conditions SECRET -r SECRET server.js SECRET', 'server'],
    ['node --unheard-of SECRET server.js', 'node'],
    ['node --unheard-of SECRET', 'node'],
    ['node --unheard-of=SECRET bin/www', 'www'],
    ['node --unheard-of server.mjs SECRET', 'server'],
    ['node --run SECRET', 'node'],
    ['node inspect app.js SECRET', 'app'],
    ['node -- app SECRET', 'app'],
    ['node -r SECRET', 'node'],
    ['deno eval SECRET', 'deno'],
    ['deno run --allow-net -c SECRET main.ts SECRET', 'main'],
    ['deno run --unheard SECRET main.ts', 'deno'],
    ['deno task SECRET', 'deno'],
    ['deno main.ts SECRET', 'main'],
    ['bun -e SECRET', 'bun'],
    ['bun --eval SECRET', 'bun'],
    ['bun --eval=SECRET', 'bun'],
    ['bun exec SECRET', 'bun'],
    ['bun x SECRET', 'bun'],
    ['bun --cwd SECRET server.ts SECRET', 'server'],
    // Python
    ['python -c SECRET', 'python'],
    ['python3 -cSECRET', 'python3'],
    ['python3 -I - SECRET', 'python3'],
    ['python3 - SECRET', 'python3'],
    ['python3 -W SECRET -X SECRET manage.py SECRET', 'manage'],
    ['python3 -Wignore -Xdev -u run SECRET', 'run'],
    ['python3 -um json.tool SECRET', 'json.tool'],
    ['python3 -mhttp.server SECRET', 'http.server'],
    ['python3 --unheard SECRET', 'python3'],
    ['python2 -Uc SECRET', 'python2'],
    ['pypy3 --jit SECRET app.py SECRET', 'app'],
    // Ruby, Perl, PHP
    ['ruby -e SECRET', 'ruby'],
    ['ruby -W0e SECRET', 'ruby'],
    ['ruby -Kue SECRET', 'ruby'],
    ['ruby -KuI SECRET script SECRET', 'script'],
    ['ruby -rSECRET -I SECRET -W:no-deprecated bin/rails SECRET', 'rails'],
    ['ruby --enable SECRET --yjit script SECRET', 'script'],
    ['ruby --unheard SECRET', 'ruby'],
    ['jruby -J-Xmx1g --dev -S rake SECRET', 'rake'],
    ['perl -ne SECRET', 'perl'],
    ['perl -pi.bak -e SECRET', 'perl'],
    ['perl -0777ne SECRET', 'perl'],
    ['perl -0x1FFe SECRET', 'perl'],
    ['perl -I SECRET -MSECRET -T /usr/bin/spamd SECRET', 'spamd'],
    ['php -r SECRET', 'php'],
    ['php --run SECRET', 'php'],
    ['php -d SECRET -c SECRET artisan SECRET', 'artisan'],
    ['php -S SECRET -t SECRET router.php SECRET', 'router'],
    ['php -nf job SECRET', 'job'],
    ['php --file=job.php SECRET', 'job'],
    ['php -- SECRET', 'php'],
    ['php -Cr SECRET', 'php'],
    ['php -Hr SECRET', 'php'],
    ['php -qCHnB SECRET', 'php'],
    ['php -CHd SECRET artisan SECRET', 'artisan'],
    ['php -Cf job SECRET', 'job'],
    ['php -qfjob.php SECRET', 'job'],
    ['php --hide-args artisan SECRET', 'artisan'],
    ['php --rfunction SECRET', 'php'],
    // Java
    ['java -cp SECRET Main SECRET', 'Main'],
    ['java -Dpassword=SECRET -jar app.jar SECRET', 'app'],
    ['java @SECRET SECRET', 'java'],
    ['java --source 17 Server.java SECRET', 'Server.java'],
    ['java --add-modules SECRET --enable-native-access SECRET org.Main SECRET', 'org.Main'],
    ['java --module-path SECRET --module shop/org.Main SECRET', 'org.Main'],
    ['java --module=shop/org.Main SECRET', 'org.Main'],
    ['java --unheard SECRET', 'java'],
    // Lua, Tcl
    ['lua -e SECRET', 'lua'],
    ['lua - SECRET', 'lua'],
    ['lua -l SECRET -i serve SECRET', 'serve'],
    ['luajit -joff serve.lua SECRET', 'serve'],
    ['tclsh', 'tclsh'],
    ['tclsh -encoding SECRET serve SECRET', 'serve'],
    ['tclsh - SECRET', 'tclsh'],
    // No interpreter of the table: the program names it
    ['groovy -e SECRET', 'groovy'],
    ['R -e SECRET', 'R'],
    ['Rscript -e SECRET', 'Rscript'],
    ['julia -e SECRET', 'julia'],
    ['elixir -e SECRET', 'elixir'],
    ['erl -eval SECRET', 'erl'],
    ['beam.smp -- -root /usr/lib/erlang -setcookie SECRET', 'beam.smp'],
    ['awk SECRET SECRET', 'awk'],
    ['mysql -pSECRET', 'mysql'],
    ['sshpass -p SECRET ssh x', 'sshpass'],
    // Wrappers
    ['sudo -p SECRET -u app SECRET', 'sudo'],
    ['env -S SECRET', 'env'],
    ['env PASSWORD=SECRET app', 'env'],
    ['xargs -I SECRET SECRET', 'xargs'],
    ['watch mysql -pSECRET', 'watch'],
    ['flock SECRET SECRET', 'flock'],
    // Titles
    ['PostgreSQL: user password SECRET|', 'PostgreSQL'],
    ['postgres: app db/SECRET 10.0.0.1(5124) SELECT|', 'postgres'],
    ['node: SECRET|', 'node'],
    ['python3 SECRET|', 'python3'],
    ['bash SECRET|', 'bash'],
    ['worker: SECRET/SECRET --flag', 'worker'],
  ])('%s is %s, and no secret', (line, name) => {
    expect(programName(argvOf(line), 'comm')).toBe(name);
  });

  test.each([
    [['worker SECRET x', '300'], 'worker'],
    [['my app: SECRET x', '300'], 'my'],
    [['short SECRET', 'old', 'arguments'], 'short'],
    [['short\tSECRET', 'old'], 'short'],
    [['-bash SECRET', 'old'], 'bash'],
    [['node SECRET', 'SECRET.js'], 'node'],
    [[' SECRET', 'x'], 'comm'],
    // Only systemd gives the name of a unit.
    [['nginx.service', '300'], 'nginx_service'],
    [['nginx.service: x'], 'nginx_service'],
    [['user@1000/web.service', 'x'], 'web_service'],
    [['python3', '-m', 'web.service'], 'web_service'],
    [['app-firefox.scope'], 'app-firefox_scope'],
    // The path of a program may have spaces.
    [['/opt/My App/bin/app', '300'], 'app'],
    [['/opt/My App/bin/node', '/srv/web.js'], 'web'],
    [['/opt/bin/My App', '300'], 'My_App'],
  ])('of the title or path %j is %s', (argv, name) => {
    expect(programName(argv, 'comm')).toBe(name);
  });

  /** Options without a value, as the manuals list them, and those that are followed by code. */
  const CLUSTERS: readonly (readonly [programs: string, options: string, code: string])[] = [
    ['sh dash bash', 'a b e f h i k l m n p r t u v x B C D E H I P T V', 'c'],
    ['ksh mksh', 'a b e f h i k l m n p r t u v x B C D E G P U X', 'c'],
    [
      'zsh',
      'a b e f g h i k l m n p r t u v w x y B C D E F G H I J K L M N O P Q R S U V W X Y Z 0 1 2 3 4 5 6 7 8 9',
      'c',
    ],
    ['fish', 'i l n N P', 'c'],
    ['node', 'i', 'e p pe'],
    ['ruby', '0 00 0777 a c d l n p s S U v w y W W0 W2 Ku Ks Kn', 'e'],
    ['perl', '0 00 0777 0xff a c d f g l l012 n p s S t T u U w W X', 'e E'],
    ['python2 python3 pypy3', 'b B d E i I O P q R s S t u U v x 3', 'c'],
    ['php php8.2', 'a C e H l n q s w', 'r R B E F'],
  ];
  test('is never code behind options of one letter that stand in one word', () => {
    const cluster = fc
      .constantFrom(...CLUSTERS)
      .chain(([programs, options, code]) =>
        fc.tuple(
          fc.constantFrom(...programs.split(' ')),
          fc.array(fc.constantFrom(...options.split(' ')), { maxLength: 5 }),
          fc.constantFrom(...code.split(' ')),
        ),
      );
    fc.assert(
      fc.property(cluster, ([program, options, code]) => {
        const word = `-${options.join('')}${code}`;
        expect(programName([program, word, 'SECRET', 'SECRET'], 'comm'), `${program} ${word}`).toBe(program);
      }),
      { numRuns: 3000 },
    );
  });

  const INTERPRETERS_AND_OPTIONS: Readonly<Record<string, readonly string[]>> = {
    bash: ['-e', '-eu', '+x', '--norc', '-o V', '-O V', '--rcfile V', '-c V', '-s', '-euxc V', '-'],
    fish: ['-l', '-C V', '--init-command=V', '-c V', '-d V'],
    node: [
      '--expose-gc',
      '--no-warnings',
      '-r V',
      '--import V',
      '--title V',
      '--title=V',
      '-e V',
      '--eval=V',
      '-p V',
      '-',
      '-C V',
    ],
    bun: ['--hot', '--cwd V', '-r V', '-e V', '--eval=V', 'run', 'exec V', 'x V'],
    deno: ['run', '-A', '--allow-net=V', '-c V', '--seed V', 'eval V', 'task V'],
    ruby: ['-w', '-W0', '-I V', '-IV', '-r V', '-e V', '-ne V', '--enable V', '-C V', '-'],
    python3: ['-u', '-I', '-W V', '-WV', '-X V', '-c V', '-cV', '-Bc V', '-'],
    perl: ['-w', '-T', '-I V', '-MV', '-e V', '-lane V', '-pi.V', '-E V', '-'],
    php: ['-n', '-d V', '-dV', '-c V', '-r V', '-B V', '-S V', '-t V', '--', '--run V', '-z V'],
    java: ['-server', '-Xmx1g', '-cp V', '-Da=V', '--add-modules V', '--source V', '@V', '-XX:V', '-agentlib:V'],
    lua: ['-i', '-e V', '-l V', '-lV', '-'],
    tclsh: ['-encoding V', '-'],
  };
  /** Unknown to every table: of these only the spelling says whether a value follows. */
  const UNKNOWN = ['--unheard V', '--unheard=V', '--un V'];
  const secret = fc
    .stringMatching(/^[A-Za-z0-9+/=_.:@-]{8,40}$/)
    .filter((text) => !/^[-+@]|^\d+$|\.(\w{1,4})$|^[/.]+$/.test(text) && /[A-Z]/.test(text) && /\d/.test(text));

  test.each(Object.keys(INTERPRETERS_AND_OPTIONS))('no argument of %s but its script', (interpreter) => {
    const option = fc.constantFrom(...INTERPRETERS_AND_OPTIONS[interpreter]!, ...UNKNOWN);
    const scripts = fc.constantFrom(undefined, `/srv/app/SCRIPT.${interpreter === 'java' ? 'java' : 'x'}`);
    fc.assert(
      fc.property(fc.array(option, { maxLength: 5 }), scripts, secret, fc.nat(3), (options, script, value, more) => {
        const words = options.flatMap((one) => one.split(' ').map((word) => word.replace('V', () => value)));
        // Behind an unknown option a word is a script only by its name: without a script there, nothing may follow.
        const follow = script === undefined ? [] : [script, ...Array.from({ length: more }, () => value)];
        const name = programName([interpreter, ...words, ...follow], 'comm');
        const parts = groupName(value)
          .split('/')
          .filter((part) => part.length >= 6);
        for (const part of parts) expect(name, JSON.stringify([interpreter, ...words, ...follow])).not.toContain(part);
        expect(name).not.toBe(groupName(value));
      }),
      { numRuns: 500 },
    );
  });

  test('is never code that an interpreter got on its command line', () => {
    const secret = 'hunter2-hunter2';
    for (const program of ['sh', 'bash', 'python3', 'perl'])
      for (const option of program.endsWith('sh')
        ? ['-c', '-lc', '-euxc', '-ce']
        : program === 'perl'
          ? ['-e', '-E', '-ne', '-pi0e']
          : ['-c', '-uc'])
        expect(programName([program, option, secret], 'x'), `${program} ${option}`).toBe(program);
  });

  test.each([
    [['a\nb'], 'a_b'],
    [['\u001b[31mred'], '__31mred'],
    [['<script>'], '_script_'],
    [['evil"} 1\n#'], 'evil__'],
    [['x'.repeat(5000)], 'x'.repeat(64)],
    [['\u202egnp.exe'], '_gnp.exe'],
    [['__proto__'], '__proto__'],
    [['node', '../../../etc/passwd'], 'passwd'],
    [['node', `${'../'.repeat(9)}index.js`], 'index'],
  ])('of %j is the harmless %s', (argv, name) => {
    expect(programName(argv, 'comm')).toBe(name);
  });

  test('has no id of its process', () => {
    const options = { numRuns: 300 };
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 4_194_304 }),
        fc.constantFrom('w-PID', 'w:PID', 'PID', 'wPID', 'w-PID-x'),
        (pid, form) => {
          const name = form.replace('PID', `${pid}`);
          expect(programName([name, 'x'], 'w', pid)).toMatch(/^w(-x)?$/);
          expect(programName(['node', `/srv/${name}.js`], 'w', pid)).not.toContain(`${pid}`);
          expect(programName(undefined, name, pid)).not.toContain(`${pid}`);
        },
      ),
      options,
    );
  });

  test('is always a name', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('node', 'sh', 'java', '-m', '-c', '-', 'busybox', '.', '', 'run'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.string({ unit: 'binary' }), (argv, comm) => {
        expect(programName(argv, comm)).toMatch(/^[\w.:/@+-]{1,64}$/);
        expect(isLookedThrough(argv, comm)).toBeTypeOf('boolean');
      }),
      { numRuns: 300 },
    );
  });
});

describe('wrappers are looked through', () => {
  test.each([
    'sh -c bundle exec puma',
    '-bash',
    'bash',
    'busybox sh -c x',
    '/sbin/init splash',
    '/usr/lib/systemd/systemd --user',
    'tini -- node server.js',
    'dumb-init node server.js',
    '/usr/bin/dumb-init -- x',
    'runsvdir -P /etc/service',
    's6-svscan -t0 /var/run/s6/services',
    'npm start|',
    'npm run dev|',
    'node /usr/local/bin/npm start',
    'node /usr/lib/node_modules/npm/bin/npm-cli.js run start',
    'node /usr/lib/node_modules/npm/bin/npx-cli.js serve',
    'node /app/.yarn/releases/yarn-4.0.2.cjs start',
    'node /usr/local/bin/pnpm.cjs dev',
    'ruby /usr/local/bin/foreman start',
    'foreman: master|',
    '/usr/bin/python3 /usr/bin/supervisord -c /etc/supervisord.conf',
    'python3 /usr/local/bin/honcho start',
    'PM2 v5.2.0: God Daemon (/root/.pm2)|',
    'sudo -u app bin/serve',
    'su - app -c serve',
    'timeout 60 sleep 5',
    'sshd: root@pts/0|',
    'tmux new -s x',
    'SCREEN -S x',
    '/usr/sbin/CRON -f',
    '/usr/bin/containerd-shim-runc-v2 -namespace moby',
  ])('%s', (line) => {
    expect(isLookedThrough(argvOf(line), 'comm')).toBe(true);
  });

  test.each([
    'node server.js',
    'node npm-like.js',
    'sh /docker-entrypoint.sh',
    'bash -e deploy.sh',
    'unicorn master -c x|',
    'nginx: master process nginx|',
    'java -jar app.jar',
    'python3 -c import(os)',
    'ruby npm.rb.d/x.rb',
    'busybox httpd',
  ])('but not %s', (line) => {
    expect(isLookedThrough(argvOf(line), 'sh')).toBe(false);
  });

  test('by comm if there is no command line', () => {
    expect(isLookedThrough(undefined, 'sh')).toBe(true);
    expect(isLookedThrough(undefined, 'tini')).toBe(true);
    expect(isLookedThrough(undefined, 'ruby')).toBe(false);
  });
});

test('a group name keeps safe characters only', () => {
  expect(groupName(`docker-${HEX}.service@a+b:c/d`)).toBe(`docker-${HEX}.service@a+b:c/d`);
  expect(groupName('')).toBe('unknown');
  expect(groupName('é =\n"')).toBe('_____');
});
