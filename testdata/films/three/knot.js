import * as THREE from "three";

const renderer = new THREE.WebGLRenderer({ canvas: document.getElementById("view"), antialias: true });
renderer.setPixelRatio(1);
renderer.setSize(960, 540, false);

const scene = new THREE.Scene();
scene.background = new THREE.Color("#16132b");
const camera = new THREE.PerspectiveCamera(40, 960 / 540, 0.1, 50);
camera.position.z = 8;

const knot = new THREE.Mesh(
  new THREE.TorusKnotGeometry(1.3, 0.42, 160, 24),
  new THREE.MeshStandardMaterial({ color: "#ff6b4a", roughness: 0.35 }),
);
scene.add(knot, new THREE.HemisphereLight("#8f7bff", "#16132b", 2));
const lamp = new THREE.DirectionalLight("#ffe2b0", 3);
scene.add(lamp);

function show(time) {
  knot.rotation.set(time * 0.5, time * 0.9, 0);
  knot.scale.setScalar(1 - 0.9 * Math.max(0, 1 - time) ** 3);
  lamp.position.set(4 * Math.cos(time), 3, 4 + 2 * Math.sin(time));
  renderer.render(scene, camera);
}

window.addEventListener("hf-seek", (event) => show(event.detail.time));
show(window.__hfThreeTime ?? 0);
