package io.headgate.examples.storm.provider;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the provider does. Many threads write; a read is exact once they rest. */
final class Books {
  /** A run has some thousand jobs and calls; clients that make up more share one entry. */
  private static final int MAX_ENTRIES = 100_000;

  private static final String THE_REST = "(others)";

  private final LongAdder requests = new LongAdder();
  private final Map<String, LongAdder> results = new ConcurrentHashMap<>();
  private final AtomicReference<Bill> billed = new AtomicReference<>(Bill.NOTHING);
  private final AtomicReference<Bill> billedOfSmall = new AtomicReference<>(Bill.NOTHING);
  private final AtomicReference<Bill> wasted = new AtomicReference<>(Bill.NOTHING);
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger maxInFlight = new AtomicInteger();
  private final Map<String, Bill> byJob = new ConcurrentHashMap<>();
  private final Map<String, Bill> byAttempt = new ConcurrentHashMap<>();
  private final Map<String, Integer> tries = new ConcurrentHashMap<>();

  void begin() {
    requests.increment();
    int now = inFlight.incrementAndGet();
    maxInFlight.accumulateAndGet(now, Math::max);
  }

  void end(String result) {
    results.computeIfAbsent(result, r -> new LongAdder()).increment();
    inFlight.decrementAndGet();
  }

  /** How many times this call has come before. */
  int nextTry(String call) {
    return tries.merge(known(tries, call), 1, Integer::sum) - 1;
  }

  void bill(ChatRequest request, Bill bill, boolean useless) {
    if (request.kind() == ModelKind.SMALL) {
      billedOfSmall.accumulateAndGet(bill, Bill::plus);
    }
    billed.accumulateAndGet(bill, Bill::plus);
    byJob.merge(known(byJob, request.job()), bill, Bill::plus);
    byAttempt.merge(known(byAttempt, request.attempt()), bill, Bill::plus);
    if (useless) {
      wasted.accumulateAndGet(bill, Bill::plus);
    }
  }

  int inFlight() {
    return inFlight.get();
  }

  Bill billed() {
    return billed.get();
  }

  /** The smaller model's part of it. */
  Bill billedOfSmall() {
    return billedOfSmall.get();
  }

  Bill billed(String job) {
    return byJob.getOrDefault(job, Bill.NOTHING);
  }

  Bill billedOfAttempt(String attempt) {
    return byAttempt.getOrDefault(attempt, Bill.NOTHING);
  }

  ProviderStats stats() {
    var byResult = new TreeMap<String, Long>();
    results.forEach((result, count) -> byResult.put(result, count.sum()));
    return new ProviderStats(
        requests.sum(),
        Map.copyOf(byResult),
        billed.get(),
        wasted.get(),
        inFlight.get(),
        maxInFlight.get());
  }

  private static String known(Map<String, ?> entries, String key) {
    return entries.size() < MAX_ENTRIES || entries.containsKey(key) ? key : THE_REST;
  }
}
