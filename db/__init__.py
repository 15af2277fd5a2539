"""What outlives the process: players, results, best laps, saves, chat."""
