"""Questions whose answer is Python in a cell of the lab's notebook: which cells run, in a process apart, and what a
check may ask that process. What it says is data, and is judged here."""
