SELECT VALUE true ? false ? 1 : 2 : null ?? 3
