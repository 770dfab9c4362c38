const gl = document.getElementById("view").getContext("webgl2", { alpha: false, antialias: false });

const vertex = `#version 300 es
in vec2 corner;
out vec2 at;
void main() {
  at = corner;
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const fragment = `#version 300 es
precision highp float;
in vec2 at;
uniform float time;
out vec4 color;
void main() {
  vec2 p = at * vec2(1.7778, 1.0);
  float glow = 0.0;
  for (int n = 0; n < 3; n++) {
    float turn = time * 2.0 + float(n) * 2.0944;
    glow += 0.08 / (0.02 + distance(p, 0.6 * vec2(cos(turn), sin(turn))));
  }
  vec3 ground = 0.5 + 0.5 * cos(vec3(0.0, 2.0, 4.0) + time + p.x);
  color = vec4(ground * min(glow, 1.0), 1.0);
}`;

function compile(kind, text) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, text);
  gl.compileShader(shader);
  return shader;
}

const program = gl.createProgram();
gl.attachShader(program, compile(gl.VERTEX_SHADER, vertex));
gl.attachShader(program, compile(gl.FRAGMENT_SHADER, fragment));
gl.linkProgram(program);
gl.useProgram(program);
gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
const corner = gl.getAttribLocation(program, "corner");
gl.enableVertexAttribArray(corner);
gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
const time = gl.getUniformLocation(program, "time");

function draw(t) {
  gl.uniform1f(time, t);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
}

window.addEventListener("hf-seek", (event) => draw(event.detail.time));
draw(0);
