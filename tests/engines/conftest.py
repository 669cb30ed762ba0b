"""What the tests of engines work with."""

from engines.cluster_of_two import cluster, folder, sixty_logs

__all__ = ["cluster", "folder", "sixty_logs"]
