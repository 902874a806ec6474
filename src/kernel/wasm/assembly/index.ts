export { tile32, tile64, dropZeros } from './gram';
export { packColumns32, packColumns64, packWidened, packRows32, packRows64, rowSums32, rowSums64 } from './center';
export { moments32, moments64, addShares } from './moments';
export { copyRows, swap2, swap4, swap8, widenHalf, widenBrain, widenSingle, transpose32, transpose64 } from './decode';
export { addTile, scaleTile, clearTile, squaredNorm, absoluteSums, multiplyTile } from './matrix';
export { dot, addMultiple, addTwoMultiples, scale, multiplyRows, rankTwoUpdate } from './tridiagonal';
