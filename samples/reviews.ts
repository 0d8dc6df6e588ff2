/** Reviews of the demo's places, as customers write them: in their own language, happy and not. */
export const sampleReviews = [
  {
    place: 'Park Güell',
    rating: 5,
    text: 'A wonderful park with beautiful views over the city. The children loved it, and so did we.',
  },
  {
    place: 'Park Güell',
    rating: 1,
    text: 'Terrible visit. The toilets were dirty and the staff was rude. We are very disappointed.',
  },
  {
    place: 'Parc de la Ciutadella',
    rating: 5,
    text: 'Un parque precioso y tranquilo. Muy buen lugar para pasear con la familia.',
  },
  {
    place: 'Parc de la Ciutadella',
    rating: 1,
    text: 'Muy mal servicio. Los baños estaban sucios y el personal fue horrible.',
  },
  {
    place: 'Parc de Montjuïc',
    rating: 5,
    text: 'Un parc molt bonic, amb bones vistes. Ens ha agradat molt.',
  },
  {
    place: 'Parc de Montjuïc',
    rating: 1,
    text: 'Una visita terrible. Els lavabos estaven bruts i el personal va ser molt antipàtic.',
  },
] as const;
