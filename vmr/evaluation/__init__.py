"""How good a checkpoint is: sweeps, judged clips, studies."""
