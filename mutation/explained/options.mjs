export default {
  'option-checks.ts': {
    '[] → ["Stryker was here"]': 'no key is called so, and none that somebody mistypes comes near it',
    "typeof value === 'number' → true": 'for the compiler: what is no number is no whole number either, which is asked next',
  },
};
