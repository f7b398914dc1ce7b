/**
 * Is a placement out of area? A proposal by place, in a sentence: the sending provider decides (rules-beds, section 5). In area is the home
 * place itself, and another of the same board where both lie inside it. The same trust isn't automatically in area, and a ward whose place
 * nobody knows is proposed as out of area.
 * @param homePlace the person's home place, by its short name
 * @param wardPlace the place the ward is in; null where it isn't known
 * @param places every known place, and whether it lies inside the integrated care board
 */
export function areaProposal(
  homePlace: string,
  wardPlace: string | null,
  places: ReadonlyMap<string, { insideIcb: boolean }>,
): { outOfArea: boolean; sentence: string } {
  if (wardPlace === null) {
    return { outOfArea: true, sentence: `Nobody has said which place the ward is in, so it isn’t known to be in area for ${homePlace}.` };
  }
  if (wardPlace === homePlace) return { outOfArea: false, sentence: `The ward is in ${homePlace}, the home place.` };
  const isInside = (place: string) => places.get(place)?.insideIcb === true;
  if (isInside(homePlace) && isInside(wardPlace)) {
    return { outOfArea: false, sentence: `The ward is in ${wardPlace}; it and ${homePlace} are in the same integrated care board.` };
  }
  const outside = [homePlace, wardPlace].filter((place) => !isInside(place));
  const verb = outside.length === 1 ? 'is' : 'are';
  return {
    outOfArea: true,
    sentence: `The ward is in ${wardPlace}, not ${homePlace}; ${outside.join(' and ')} ${verb} outside the integrated care board.`,
  };
}
