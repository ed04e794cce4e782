import { expect, test } from 'vitest';
import { addressBlock } from '../../src/web/address-block.ts';

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.7.7.7', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::1', 'loopback'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::5:6', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('%j', (address, block) => {
  expect(addressBlock(address)).toBe(block);
});
