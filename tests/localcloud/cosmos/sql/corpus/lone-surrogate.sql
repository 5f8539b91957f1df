SELECT VALUE "\ud800" || "\ud83d\ude00"
