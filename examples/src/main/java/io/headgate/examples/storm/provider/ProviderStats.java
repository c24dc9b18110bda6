package io.headgate.examples.storm.provider;

import java.util.Map;

/**
 * The provider's own books.
 *
 * @param requests that reached it
 * @param byResult how they ended: a status, or a fault by name, or {@code client gone}
 * @param billed all of it, wasted or not
 * @param wasted the part of it whose client had gone, or could not read the answer
 * @param inFlight requests being answered now
 * @param maxInFlight the most at one moment
 */
public record ProviderStats(
    long requests,
    Map<String, Long> byResult,
    Bill billed,
    Bill wasted,
    int inFlight,
    int maxInFlight) {}
