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
