package io.headgate;

/**
 * Where a Headgate writes down all that happens to it: given to {@link Headgate.Builder#journal}.
 * Made by module {@code io.headgate.journal}, as {@code FolderJournal.in(folder)}; without that
 * module there is none, and nothing of it is on the class path. One is for one Headgate at a time.
 */
public interface Journal {}
