// Times as the clock of the data's zone shows them. What the page holds are seconds since the epoch, UTC.
class Clock {
  constructor(zone) {
    Object.assign(this, { name: zone.name, begin: zone.begin, ahead: zone.ahead });
  }

  // The wall clock at a moment, in seconds as if it were UTC.
  wall(seconds) {
    return seconds + this.ahead[Math.max(0, after(this.begin, seconds) - 1)];
  }

  // Wall clocks of rising moments, made to rise where an hour comes twice: charts of candles need that.
  rising(moments) {
    const walls = Array.from(moments, (moment) => this.wall(moment));
    for (let i = 1; i < walls.length; i += 1) walls[i] = Math.max(walls[i], walls[i - 1] + 1);
    return walls;
  }

  text(seconds) {
    const wall = this.wall(seconds);
    const text = new Date(1000 * wall).toISOString();
    return text.slice(0, 10) + (wall % 86400 ? " " + text.slice(11, 16) : "");
  }

  dates(moments) {
    return Array.from(moments, (moment) => new Date(1000 * this.wall(moment)).toISOString().slice(0, 19));
  }
}

// How many of the rising times are not after a moment.
function after(times, moment) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= moment) low = middle + 1; else high = middle;
  }
  return low;
}
