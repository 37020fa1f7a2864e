import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Option } from 'commander';
import {
  policyTargets,
  type PolicySource,
  type Workbench,
  WorkbenchError,
} from '../../../engine/api/index.ts';
import { example, given, list } from '../flags.ts';
import { costPerThousand, points, score, share, table } from '../format.ts';
import type { Registrar } from '../run-cli.ts';
import { save } from '../files.ts';

export function policyCommands({ program, work, around }: Registrar): void {
  const policy = program.command('policy').description('decide, replay, verify, export, diff, drift, sign');

  policy
    .command('decide <policy>')
    .description('requests as JSONL on stdin → decisions as JSONL on stdout')
    .addHelpText(
      'after',
      example(`echo '{"id":"1","input":{"question":"2+2?"}}' | kneepoint policy decide policy.json`),
    )
    .action((ref: string) =>
      work(async ({ api, out }) => {
        const source = await load(ref);
        for await (const batch of requests(around.stdin)) {
          const decisions = await api.policies.decide({ policy: source, requests: batch });
          await out.line(decisions.map((decision) => JSON.stringify(decision)).join('\n'));
        }
      }),
    );

  policy
    .command('replay <policy>')
    .description('apply a policy to recorded outcomes; nothing is called')
    .requiredOption('--run <run>', 'the run to replay on')
    .addOption(
      new Option('--split <split>', "rows of the policy's own fit").choices([
        'fit',
        'calibrate',
        'test',
        'all',
      ]),
    )
    .option('--per-example', 'also every decision')
    .addHelpText('after', example('kneepoint policy replay policy.json --run latest --split test'))
    .action(
      (
        ref: string,
        flags: { run: string; split?: 'fit' | 'calibrate' | 'test' | 'all'; perExample?: true },
      ) =>
        work(async ({ api, out }) => {
          const replayed = await api.policies.replay({
            policy: await load(ref),
            run: flags.run,
            ...given({ split: flags.split, perExample: flags.perExample }),
          });
          await out.result(replayed, () =>
            [
              `${replayed.n} rows replayed, ${replayed.skipped} skipped for want of an outcome`,
              `score       ${score(replayed.score)}`,
              `cost        ${costPerThousand(replayed.costUsd)}`,
              `served by   ${Object.entries(replayed.shares)
                .map(([id, part]) => `${id} ${share(part)}`)
                .join(', ')}`,
              ...(replayed.lossVsReference === null
                ? []
                : [`loss        ${points(replayed.lossVsReference)} against ${replayed.reference?.id}`]),
              ...(replayed.examples === undefined
                ? []
                : [
                    table(
                      ['example', 'route', 'attempts', 'served', 'score', 'cost'],
                      replayed.examples.map((row) => [
                        row.id,
                        row.route,
                        row.attempts.join(' → '),
                        row.served,
                        String(row.score),
                        String(row.costUsd),
                      ]),
                    ),
                  ]),
            ].join('\n'),
          );
        }),
    );

  policy
    .command('verify <policy>')
    .description(
      'integrity, conformance vectors, and with --run the certificate on those outcomes; exit 1 when broken',
    )
    .option('--run <run>', 'fresh labelled outcomes')
    .option('--public-key <file>', 'PEM of whose signature it must carry')
    .addHelpText('after', example('kneepoint policy verify policy.json --run latest'))
    .action((ref: string, flags: { run?: string; publicKey?: string }) =>
      work(async ({ api, out, fail }) => {
        const publicKeyPem = flags.publicKey === undefined ? undefined : await readText(flags.publicKey);
        const verified = await api.policies.verify({
          policy: await load(ref),
          ...given({ run: flags.run, publicKeyPem }),
        });
        if (!verified.valid) fail();
        await out.result(verified, () =>
          [
            verified.valid ? out.style.good('valid') : out.style.bad('BROKEN'),
            `integrity    ${verified.integrity}${verified.signature === 'none' ? '' : `, signature ${verified.signature}`}`,
            `conformance  ${verified.conformance.passed} vectors pass, ${verified.conformance.failed} fail`,
            `certificate  ${verified.certificate.verdict}${verified.certificate.bound === null ? '' : `: bound ${(verified.certificate.bound * 100).toFixed(2)} of ${(verified.certificate.maxLoss * 100).toFixed(2)} points, n=${verified.certificate.n}`}`,
            ...verified.problems.map((problem) => `  ! ${problem}`),
          ].join('\n'),
        );
      }),
    );

  policy
    .command('export <policy>')
    .description('files for a target, with a report of what the target cannot express')
    .addOption(
      new Option('--to <target>', 'where it will run').choices([...policyTargets]).makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--allow-dropped <elements>', 'safety elements you accept to lose', list)
    .addHelpText('after', example('kneepoint policy export policy.json --to bundle --out deploy/'))
    .action(
      (ref: string, flags: { to: (typeof policyTargets)[number]; out: string; allowDropped?: string[] }) =>
        work(async ({ api, out }) => {
          const exported = await api.policies.export({
            policy: await load(ref),
            to: flags.to,
            ...given({ allowDropped: flags.allowDropped }),
          });
          try {
            await mkdir(flags.out, { recursive: true });
          } catch (cause) {
            throw new WorkbenchError('file.unreadable', `Cannot create the folder ${flags.out}.`, {
              cause,
              hint: 'Choose a folder you may write to.',
            });
          }
          const files: string[] = [];
          for (const file of exported.files) {
            const path = join(flags.out, file.name);
            await save(path, file.text);
            files.push(path);
          }
          await out.result({ files, fidelity: exported.fidelity }, () =>
            [
              ...files,
              '',
              table(
                ['element', 'status', 'reason'],
                exported.fidelity.map((item) => [
                  item.element + (item.safety ? ' (safety)' : ''),
                  item.status,
                  item.reason,
                ]),
              ),
            ].join('\n'),
          );
        }),
    );

  policy
    .command('diff <a> <b>')
    .description('what changed between two policies, and with --run which traffic moves')
    .option('--run <run>', 'outcomes to count the traffic on')
    .addHelpText('after', example('kneepoint policy diff old.json new.json --run latest'))
    .action((a: string, b: string, flags: { run?: string }) =>
      work(async ({ api, out }) => {
        const diff = await api.policies.diff({ a: await load(a), b: await load(b), ...given(flags) });
        await out.result(diff, () =>
          [
            `${diff.changes.length} changes, a ${diff.bump} version`,
            ...diff.changes
              .slice(0, 40)
              .map((change) => `  ${change.path}: ${short(change.a)} → ${short(change.b)}`),
            ...(diff.traffic === null
              ? []
              : [
                  `${diff.traffic.moved} of ${diff.traffic.n} rows change route (${share(diff.traffic.moved / Math.max(1, diff.traffic.n))})`,
                ]),
          ].join('\n'),
        );
      }),
    );

  policy
    .command('drift <policy>')
    .description('do signals and routes still look as they did in the fit? needs no labels; exit 1 when not')
    .requiredOption('--run <run>', 'recent outcomes')
    .addHelpText('after', example('kneepoint policy drift policy.json --run latest'))
    .action((ref: string, flags: { run: string }) =>
      work(async ({ api, out, fail }) => {
        const drift = await api.policies.drift({ policy: await load(ref), run: flags.run });
        if (drift.drifted) fail();
        await out.result(drift, () =>
          [
            drift.drifted ? out.style.bad('drifted') : out.style.good('no drift'),
            table(
              ['signal', 'PSI', 'alarm at', 'n'],
              drift.signals.map((item) => [
                item.id,
                item.value.toFixed(3),
                String(item.threshold),
                String(item.n),
              ]),
            ),
            table(
              ['route', 'in the fit', 'now'],
              drift.routes.map((item) => [item.id, share(item.fit), share(item.now)]),
            ),
          ].join('\n\n'),
        );
      }),
    );

  policy
    .command('sign <policy>')
    .description('a DSSE envelope signed with an Ed25519 private key (PEM)')
    .requiredOption('--key <file>', 'private key in PEM')
    .requiredOption('--out <file>', 'where to write the envelope')
    .addHelpText(
      'after',
      example('kneepoint policy sign policy.json --key release.pem --out policy.dsse.json'),
    )
    .action((ref: string, flags: { key: string; out: string }) =>
      work(async ({ api, out }) => {
        const signed = await api.policies.sign({
          policy: await load(ref),
          privateKeyPem: await readText(flags.key),
        });
        await save(flags.out, `${signed.envelope}\n`);
        await out.result(
          { file: flags.out, publicKeyPem: signed.publicKeyPem },
          () => `Signed: ${flags.out}\n${signed.publicKeyPem}`,
        );
      }),
    );
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new WorkbenchError('file.not_found', `Cannot read ${file}.`, { cause, hint: 'Check the path.' });
  }
}

/** A path to a file, or the id or name of a stored policy. */
async function load(ref: string): Promise<PolicySource> {
  try {
    return { text: await readFile(ref, 'utf8') };
  } catch (cause) {
    if (/[/\\]|\.json$/.test(ref)) {
      throw new WorkbenchError('file.not_found', `There is no policy file ${ref}.`, {
        cause,
        hint: '`kneepoint fit … --out policy.json` writes one.',
      });
    }
    return { policy: ref };
  }
}

type Request = Parameters<Workbench['policies']['decide']>[0]['requests'][number];

/** Batches of up to 1,000 lines; a bad line is named by its number. */
async function* requests(stdin: Readable): AsyncIterable<Request[]> {
  let batch: Request[] = [];
  let number = 0;
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    batch.push(parse(line, number));
    if (batch.length === 1000) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function parse(line: string, number: number): Request {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new WorkbenchError('file.malformed', `Line ${number} of stdin is not JSON.`, {
      cause,
      hint: 'One request a line: {"id": "1", "input": {…}, "signals": {…}}.',
      details: { line: number },
    });
  }
  // The API parses the batch by zod; here only the shape of a line is of interest, so that the message can name it.
  const request = value as Request;
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof request.id !== 'string' ||
    typeof request.input !== 'object' ||
    request.input === null
  ) {
    throw new WorkbenchError(
      'input.invalid',
      `Line ${number} of stdin has no string "id" or no object "input".`,
      { hint: 'One request a line: {"id": "1", "input": {…}, "signals": {…}}.', details: { line: number } },
    );
  }
  return request;
}
