// Runs CloudFront Functions as CloudFront calls them: one event in, one object out.
// Reads {code: text, events: [...]} from standard input, prints the list of answers.
const fs = require('fs');
const vm = require('vm');

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
// nothing of node's is there: no require, no console, no timer
const room = vm.createContext(Object.create(null));
vm.runInContext(asked.code, room);
const answers = asked.events.map((event) => {
  room.event = JSON.stringify(event);
  return JSON.parse(vm.runInContext('JSON.stringify(handler(JSON.parse(event)))', room));
});
process.stdout.write(JSON.stringify(answers));
