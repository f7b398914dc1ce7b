export const sayNumber = (number: number): string => number.toLocaleString('en-GB');

export const count = (number: number, one: string, many = `${one}s`): string => `${sayNumber(number)} ${number === 1 ? one : many}`;
