package io.headgate.examples.storm.measure;

/**
 * What a policy did, at one moment or in the second before it.
 *
 * @param atNanos since the start of the arm
 * @param policy whose lane it is in
 * @param what it did, in a word or two
 * @param times how often
 */
public record PolicyAct(long atNanos, String policy, String what, long times) {}
