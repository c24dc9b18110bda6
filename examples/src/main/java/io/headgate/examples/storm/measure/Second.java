package io.headgate.examples.storm.measure;

/**
 * One second of an arm, for the charts.
 *
 * @param jobsOffered arrived in it
 * @param jobsFinished ended in it, within their deadline
 * @param callsOffered asked for in it
 * @param p50Millis median latency of the calls that ended in it, without refusals; NaN without any
 * @param p99Millis the same, 99th percentile
 */
public record Second(
    int jobsOffered, int jobsFinished, int callsOffered, double p50Millis, double p99Millis) {}
