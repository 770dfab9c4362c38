import * as THREE from "three";

const renderer = new THREE.WebGLRenderer({ canvas: document.getElementById("view"), antialias: true });
renderer.setPixelRatio(1);
renderer.setSize(640, 360, false);

const scene = new THREE.Scene();
scene.background = new THREE.Color("#2a2358");
const camera = new THREE.PerspectiveCamera(40, 640 / 360, 0.1, 50);
camera.position.z = 5;

const texture = new THREE.VideoTexture(document.getElementById("footage"));
texture.colorSpace = THREE.SRGBColorSpace;
const box = new THREE.Mesh(new THREE.BoxGeometry(2, 2, 2), new THREE.MeshBasicMaterial({ map: texture }));
scene.add(box);

function show(time) {
  box.rotation.set(0.5, 0.3 + time * 0.8, 0);
  texture.needsUpdate = true;
  renderer.render(scene, camera);
}

window.addEventListener("hf-seek", (event) => show(event.detail.time));
show(window.__hfThreeTime ?? 0);
