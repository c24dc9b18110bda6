package io.headgate.admission;

/**
 * A call that a job's loop guard had let in before the process died.
 *
 * @param target its id
 * @param arguments their digest
 * @param atNs when it was let in
 */
public record EarlierCall(String target, long arguments, long atNs) {}
