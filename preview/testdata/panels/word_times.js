same("cue", wordTimes({ words: ["aaa", "bbb", "c", "d"], cues: [{ word: 2, time: 7, label: "" }], start: 1, duration: 10, line: 1 }), [1, 4, 7, 9, 11]);
same("no cue", wordTimes({ words: ["a", "a"], cues: [], start: 0, duration: 2, line: 1 }), [0, 1, 2]);
same("nothing said", wordTimes({ words: [], cues: [], start: 3, duration: 2, line: 1 }), [5]);
const odd = [{ word: 1, time: 99, label: "" }, { word: 0, time: 1, label: "" }, { word: 1, time: 1, label: "" }, { word: 2, time: .5, label: "" }, { word: 9, time: 1, label: "" }];
same("cues out of order", wordTimes({ words: ["a", "b", "c"], cues: odd, start: 0, duration: 3, line: 1 }), [0, 1, 2, 3]);
same("begun", [-1, 0, .5, 1, 2.5, 3].map((t) => begun([0, 1, 2, 3], t)), [0, 1, 1, 2, 3, 3]);
