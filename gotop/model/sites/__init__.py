"""Call sites as rows of one moment: grouped, filtered, ordered; and who allocates."""
