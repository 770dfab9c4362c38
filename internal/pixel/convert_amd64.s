#include "go_asm.h"
#include "textflag.h"

// FOUR defines a vector of four times the same 32-bit value.
#define FOUR(name, value) \
	DATA name<>+0(SB)/4, $value; \
	DATA name<>+4(SB)/4, $value; \
	DATA name<>+8(SB)/4, $value; \
	DATA name<>+12(SB)/4, $value; \
	GLOBL name<>(SB), RODATA|NOPTR, $16

FOUR(evens, 0x00FF00FF)
FOUR(yBR, const_yBlueRed)
FOUR(yGA, const_yGreen)
FOUR(y0, const_yStart)
FOUR(uBR, const_uBlueRed)
FOUR(uGA, const_uGreen)
FOUR(vBR, const_vBlueRed)
FOUR(vGA, const_vGreen)
FOUR(uv0, const_uvStart)

// SPLIT takes four pixels in br apart: 16-bit values of blue and red in br, of green and alpha in ga.
#define SPLIT(br, ga) \
	MOVO  br, ga; \
	PSRLW $8, ga; \
	PAND  evens<>(SB), br

// LUMA makes four 32-bit values of Y, in br, of four pixels. It spoils ga.
#define LUMA(br, ga) \
	PMADDWL yBR<>(SB), br; \
	PMADDWL yGA<>(SB), ga; \
	PADDL   ga, br; \
	PADDL   y0<>(SB), br; \
	PSRAL   $const_yBits, br

// COLUMNS adds neighbours: of the eight pixels of a and b, four sums in a. It spoils t.
#define COLUMNS(a, b, t) \
	MOVO   a, t; \
	SHUFPS $0x88, b, a; \
	SHUFPS $0xDD, b, t; \
	PADDW  t, a

// CHROMA makes four 32-bit values of U or V, in br, of four sums. It spoils ga.
#define CHROMA(br, ga, weightsBR, weightsGA) \
	PMADDWL weightsBR<>(SB), br; \
	PMADDWL weightsGA<>(SB), ga; \
	PADDL   ga, br; \
	PADDL   uv0<>(SB), br; \
	PSRAL   $const_uvBits, br

// func convertSSE2(yt, yb, u, v, top, bottom *byte, n int)
TEXT ·convertSSE2(SB), NOSPLIT, $0-56
	MOVQ yt+0(FP), DI
	MOVQ yb+8(FP), SI
	MOVQ u+16(FP), R8
	MOVQ v+24(FP), R9
	MOVQ top+32(FP), R10
	MOVQ bottom+40(FP), R11
	MOVQ n+48(FP), CX

block:
	// X0 to X3: the upper row's left and right four pixels. X4 to X7: the lower row's.
	MOVOU 0(R10), X0
	MOVOU 16(R10), X2
	MOVOU 0(R11), X4
	MOVOU 16(R11), X6
	SPLIT(X0, X1)
	SPLIT(X2, X3)
	SPLIT(X4, X5)
	SPLIT(X6, X7)

	// X8 and X9: sums of four pixels.
	MOVO  X0, X8
	MOVO  X1, X9
	MOVO  X2, X10
	MOVO  X3, X11
	PADDW X4, X8
	PADDW X5, X9
	PADDW X6, X10
	PADDW X7, X11
	COLUMNS(X8, X10, X12)
	COLUMNS(X9, X11, X12)

	LUMA(X0, X1)
	LUMA(X2, X3)
	LUMA(X4, X5)
	LUMA(X6, X7)
	PACKSSLW X2, X0
	PACKSSLW X6, X4
	PACKUSWB X4, X0
	MOVLPS   X0, (DI)
	MOVHPS   X0, (SI)

	MOVO X8, X10
	MOVO X9, X11
	CHROMA(X8, X9, uBR, uGA)
	CHROMA(X10, X11, vBR, vGA)
	PACKSSLW X10, X8
	PACKUSWB X8, X8
	MOVQ     X8, AX
	MOVL     AX, (R8)
	SHRQ     $32, AX
	MOVL     AX, (R9)

	ADDQ $const_blockBytes, R10
	ADDQ $const_blockBytes, R11
	ADDQ $const_blockWidth, DI
	ADDQ $const_blockWidth, SI
	ADDQ $(const_blockWidth/2), R8
	ADDQ $(const_blockWidth/2), R9
	DECQ CX
	JNZ  block
	RET
